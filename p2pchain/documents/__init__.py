"""Business documents, and the facts that the ledger needs of them. Invoices are UBL or CII; events of goods
(EPCIS), consent forms (FHIR), files of loans, meters and listings serve the modules of the trades.
"""

from p2pchain.documents.facts import InvoiceFacts
from p2pchain.documents.invoice import read_invoice
from p2pchain.documents.invoice_names import name_invoice
from p2pchain.documents.names import InvoiceName, InvoiceNames, document_id, match_of, scheme_tag

__all__ = [
    "InvoiceFacts",
    "InvoiceName",
    "InvoiceNames",
    "document_id",
    "match_of",
    "name_invoice",
    "read_invoice",
    "scheme_tag",
]
