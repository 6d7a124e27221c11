# The bucket must be there before the first init, versioned and encrypted; see docs/infrastructure.md.
bucket       = "example-terraform-state"
key          = "amt/dev.tfstate"
region       = "us-east-1"
encrypt      = true
use_lockfile = true
