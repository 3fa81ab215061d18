"""What a business document says: UBL and CII invoices become the facts that the ledger needs."""

from p2pchain.documents.facts import InvoiceFacts
from p2pchain.documents.fingerprint import Fingerprint, fingerprint
from p2pchain.documents.invoice import read_invoice

__all__ = ["Fingerprint", "InvoiceFacts", "fingerprint", "read_invoice"]
