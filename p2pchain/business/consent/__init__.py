"""Consents: who may have which health data for what, decided in one order with every revocation."""
