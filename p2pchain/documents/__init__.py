"""Business documents, and the facts that the ledger needs of them. Invoices are UBL, CII or EInvoice, orders
UBL, bills of lading DCSA's JSON; events of goods (EPCIS), consent forms (FHIR), statements of banks
(ISO 20022), files of loans, meters and listings serve the modules of the trades.
"""

from p2pchain.documents.facts import InvoiceFacts
from p2pchain.documents.financeable import name_document, read_document
from p2pchain.documents.goods import GoodsFacts
from p2pchain.documents.invoice import read_invoice
from p2pchain.documents.invoice_names import name_invoice
from p2pchain.documents.names import DocumentNames, InvoiceName, document_id, match_of, scheme_tag

__all__ = [
    "DocumentNames",
    "GoodsFacts",
    "InvoiceFacts",
    "InvoiceName",
    "document_id",
    "match_of",
    "name_document",
    "name_invoice",
    "read_document",
    "read_invoice",
    "scheme_tag",
]
