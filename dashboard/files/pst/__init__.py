"""Files of the PST (programme stratégique transversal), import and export: the XML of eComptes,
the report « État d'avancement », and lines with vertical bars.
"""
