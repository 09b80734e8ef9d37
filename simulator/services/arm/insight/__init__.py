"""Services that watch resources: Resource Graph, Resource Health, Advisor. Each may look at everything else."""
