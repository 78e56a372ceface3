"""Reading how the product runs (exploitation): health, checks, jobs, what a backup holds."""
