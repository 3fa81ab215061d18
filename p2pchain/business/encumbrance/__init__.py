"""What is pledged, financed or pooled anywhere is so nowhere else."""
