"""Where to look next, and when to give up on a training job."""
