"""What people see of a world through CloudWatch, CloudWatch Logs and CloudTrail."""
