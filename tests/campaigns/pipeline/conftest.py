"""Fixtures of the pipeline's tests: the server of the gateways' ones."""

from tests.campaigns.gateways.conftest import mail_server

__all__ = ["mail_server"]
