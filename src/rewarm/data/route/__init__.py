"""The step `route`: what a document of a measured quality is used for."""
