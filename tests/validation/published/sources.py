"""Who published what is compared, by the names that the claims use."""

GUIDE = "Lambda Developer Guide, scaling of Lambda Managed Instances, read 2026-11-23"
SAMPLE = "aws-samples, sample-aws-lambda-managed-instances, README, charts and code, 2026-03-19"
WORKSHOP = (
    "AWS workshop “Deep Dive into Lambda Managed Instances”, outputs of July 2026, as kept in "
    "lep511/lambda-managed-instances-aws"
)
BENCHMARK = "alessandrobologna/rust-lmi-demo, README of 2025-12-27"
