"""Files of the PST (programme stratégique transversal), in and out: the XML of eComptes, the report
« État d'avancement », and lines with vertical bars.
"""
