"""Every chart: an Altair chart over named data, compiled to a spec once; nothing here draws."""
