"""Processes that are forked from one that has everything loaded: at work within milliseconds."""

import multiprocessing

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["__main__", "tests.issuer.warm"])
