"""Acts on the roadmap (feuille de route): programmes, workstreams, milestones, projects."""
