"""EC2 as customers call it: the network, instances, tags, and what there is to choose from."""
