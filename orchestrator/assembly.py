"""The composition root: settings in, a wired endpoint or connection out."""
