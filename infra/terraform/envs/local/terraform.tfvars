environment   = "local"
force_destroy = true
