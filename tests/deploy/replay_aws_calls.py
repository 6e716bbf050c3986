"""Give recorded calls of the AWS command line to the real one, against a model of EMR; tell what came.

Runs in the environment of tests/cloud_tools.py: replay_aws_calls.py < calls (a JSON list a line).
Words CPU-CLUSTER, GPU-CLUSTER, LLM-CLUSTER and APPLICATION stand for ids that the model gives.
"""

import contextlib
import io
import json
import sys

import boto3
from awscli.clidriver import CLIDriver, create_clidriver
from moto import mock_aws

REGION = "us-east-1"
ORDER = ("CPU-CLUSTER", "GPU-CLUSTER", "LLM-CLUSTER")


def called(driver: CLIDriver, words: list[str]) -> str:
    """Run the command line in this process; return what it printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = driver.main(["--region", REGION, *words])
    if code:
        sys.exit(f"aws {' '.join(words)[:2000]} ended with {code}")
    return printed.getvalue().strip()


def cluster_facts(cluster: str) -> dict[str, object]:
    """Return what the model knows of a cluster."""
    emr = boto3.client("emr", region_name=REGION)
    steps = emr.list_steps(ClusterId=cluster)["Steps"]
    actions = emr.list_bootstrap_actions(ClusterId=cluster)["BootstrapActions"]
    about = emr.describe_cluster(ClusterId=cluster)["Cluster"]
    groups = emr.list_instance_groups(ClusterId=cluster)["InstanceGroups"]
    return {
        "name": about["Name"],
        "release": about["ReleaseLabel"],
        "configurations": [entry["Classification"] for entry in about["Configurations"]],
        "bootstrap": [action["ScriptPath"] for action in actions],
        "groups": {group["InstanceGroupType"]: group["RequestedInstanceCount"] for group in groups},
        "steps": [[step["Name"], step["Config"]["Args"]] for step in reversed(steps)],
    }


def main() -> None:
    """Replay all, then print the clusters in order and the job runs."""
    ids = {}
    runs = []
    with mock_aws():
        driver = create_clidriver()
        serverless = boto3.client("emr-serverless", region_name=REGION)
        application = serverless.create_application(
            name="realsyn",
            releaseLabel="emr-7.0.0",
            type="SPARK",  # the model knows no later one
        )
        ids["APPLICATION"] = application["applicationId"]
        for line in sys.stdin:
            words = [ids.get(word, word) for word in json.loads(line)]
            answer = called(driver, words)
            if words[1] == "create-cluster":
                ids[ORDER[len(ids) - 1]] = answer
            if words[1] == "start-job-run":
                run = serverless.get_job_run(applicationId=ids["APPLICATION"], jobRunId=answer)
                runs.append([run["jobRun"]["name"], run["jobRun"]["jobDriver"]["sparkSubmit"]])
        clusters = [cluster_facts(ids[name]) for name in ORDER if name in ids]
    print(json.dumps({"clusters": clusters, "runs": runs}))


if __name__ == "__main__":
    main()
