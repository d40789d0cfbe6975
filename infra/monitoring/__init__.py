"""What an operator's Prometheus and Grafana are given: alert rules, their tests for promtool, and a dashboard. And what
Kubernetes is given, so that there are as many workers as are needed."""

from pathlib import Path

FOLDER = Path(__file__).parent
ALERTS, ALERT_TESTS = FOLDER / "alerts.yml", sorted(FOLDER.glob("*.test.yml"))
DASHBOARD = FOLDER / "dashboard.json"
AUTOSCALING = FOLDER / "autoscaling.yaml"
