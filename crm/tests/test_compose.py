"""What would be lost when the containers are made anew lies in volumes."""

from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)


def test_files_of_clients_outlive_the_containers():
    compose, image = (ROOT / "compose.yaml").read_text(), (ROOT / "Dockerfile").read_text()
    for_all = compose.partition("\nservices:")[0]
    folder = for_all.partition("PRIVATE_FILES_DIR: ")[2].split()[0]
    assert f"- files:{folder}\n" in for_all
    assert "  files:\n" in compose.partition("\nvolumes:\n")[2]
    # A new volume belongs to whom the folder of the image belongs to; root's would take no file.
    assert f"install -d -o svetofor {folder}" in image
