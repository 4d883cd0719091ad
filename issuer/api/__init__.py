"""The API for other systems, with bearer tokens: rosters go in, certificates come out (JSON over HTTP)."""
