"""Reports (rapport): the board pack as PDF and as workbook, made from one board."""
