"""The service as a process: settings, start and stop, jobs, publication, log and figures."""
