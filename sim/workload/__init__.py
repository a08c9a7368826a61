"""When work comes and how much it is: arrival shapes, demand distributions, trace readers."""
