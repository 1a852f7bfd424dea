"""A Dask cluster of two processes on this machine: prints its address and their ids, and ends with standard input."""

import json
import os
import sys

from distributed import Client, LocalCluster

if __name__ == "__main__":
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=100) as cluster,
        Client(cluster) as client,
    ):
        told = {"address": cluster.scheduler_address, "workers": [*client.run(os.getpid).values()]}
        print(json.dumps(told), flush=True)
        sys.stdin.read()
