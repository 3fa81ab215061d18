"""Rights of an account: all that it may read of the chain over the gateway.

The rule is derived from the declarations, by default strict. An organisation has a part in an event or a
transaction that an account of it signed, or that names it in a field of the kind organisation; and in what
points at a record which names it, where the record's declaration says that whoever it names may follow it
(``is_shared``). Everybody reads records that are declared public, and what modules emit all of whose records
are public. What a query says of itself (``readers``) counts for its answer; by default it is cut to rows in
which the organisation has a part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from p2pchain.control.port import Json
from p2pchain.control.readers import STRANGER_CODE, ChainReader
from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.kinds import Id, Kind, Optional, Organisation
from p2pchain.ledger.module import Module, Query, QueryReaders
from p2pchain.ledger.record import read_record
from p2pchain.ledger.system import SYSTEM
from p2pchain.model.errors import Refused
from p2pchain.model.ids import OrgId, PublicKey
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.named_parties import NOBODY, NamedParties, named_by, named_in, union

PAGED_BY: Final = "limit"
"""Argument of a query whose rows come by pages."""
AUDITOR: Final = "auditor"
"""Role that reads everything. The members give it to an organisation by their quorum, and the organisation to
an account: that is the policy.
"""


class ReadingRights:
    """Rights upon the state of one ledger, as it is when they are asked."""

    def __init__(self, ledger: Ledger, directory: Directory) -> None:
        """``directory``: the declarations of this software."""
        self._ledger = ledger
        self._directory = directory

    def reader(self, account: PublicKey) -> ChainReader:
        """See ``RightsPort``."""
        try:
            known = self._ledger.query("membership", "account", {"public_key": account}, None)
        except Refused as fault:
            facts = {"public_key": account.hex()}
            raise Refused(STRANGER_CODE, facts, "ask with the key of an account of a member") from fault
        if known["frozen"]:
            facts = {"account": known["name"], "org": known["org"]}
            raise Refused("ACCOUNT_FROZEN", facts, "whoever froze it: p2pchain membership unfreeze")
        org, is_auditor = OrgId(known["org"]), AUDITOR in known["roles"]
        return ChainReader(account=account, org=org, is_unlimited=is_auditor)

    def require_transaction(self, reader: ChainReader, transaction: Mapping[str, Any]) -> None:
        """See ``RightsPort``."""
        if reader.is_unlimited or self._has_signed(reader, transaction.get("signers", ())):
            return
        operations = (self._by_operation(operation) for operation in transaction["operations"])
        events = (self._by_event(event) for event in transaction.get("events", ()))
        self._require(reader, union((*operations, *events)), "transaction")

    def require_signers(self, reader: ChainReader, signers: Sequence[PublicKey]) -> None:
        """See ``RightsPort``."""
        foreign = [signer for signer in signers if self._ledger.organisation_of((signer,)) != reader.org]
        if foreign and not reader.is_unlimited:
            raise _not_a_party("transaction")

    def require_keys(self, reader: ChainReader, keys: Sequence[bytes]) -> None:
        """See ``RightsPort``."""
        for key in keys:
            if reader.is_unlimited or key.startswith(SYSTEM):
                continue
            known = self._directory.record(key)
            if known is None:
                self._require(reader, NOBODY, "key")
            elif not known[1].is_public:
                _, record, in_key = known
                raw = self._ledger.get(key)
                values = () if raw is None else read_record(raw)
                about = union((named_by(record.key, in_key), named_by(record.fields, values)))
                self._require(reader, about, "key")

    def may_see(self, reader: ChainReader, event: Mapping[str, Any], signers: Sequence[PublicKey]) -> bool:
        """See ``RightsPort``."""
        if reader.is_unlimited or _is_open(self._directory.module(event["module"])):
            return True
        if reader.org is None:
            return False
        return self._has_signed(reader, signers) or self._has_part(reader, self._by_event(event))

    def concerns(self, org: str, event: Mapping[str, Any], signers: Sequence[PublicKey]) -> bool:
        """See ``RightsPort``."""
        asked = ChainReader(account=None, org=OrgId(org), is_unlimited=False)
        return self._has_signed(asked, signers) or self._has_part(asked, self._by_event(event))

    def cut(
        self, reader: ChainReader, module: str, name: str, args: Mapping[str, Any], answer: Mapping[str, Json]
    ) -> Mapping[str, Json]:
        """See ``RightsPort``."""
        if reader.is_unlimited:
            return answer
        declared, asked = self._directory.module(module), f"{module} {name}"
        queries = () if declared is None else declared.queries
        query = next((query for query in queries if query.name == name), None)
        readers = QueryReaders.PARTIES if query is None else readers_of(declared, query)
        if readers is QueryReaders.EVERYBODY:
            return answer
        if reader.account is None:
            raise _unsigned(asked)
        if readers is QueryReaders.ACCOUNTS:
            return answer
        if query is not None and self._is_theirs(reader, query, args, answer):
            return answer
        if query is None or query.rows is None or query.returns:
            raise _not_a_party(asked)
        _require_own_filter(reader, asked, query, args)
        rows, fields = query.rows
        listed: Any = answer[rows]
        return {**answer, rows: [row for row in listed if self._has_part(reader, named_in(fields, row))]}

    def may_know_why(self, reader: ChainReader, module: str, name: str) -> bool:
        """See ``RightsPort``."""
        declared = self._directory.module(module)
        queries = () if declared is None else declared.queries
        query = next((query for query in queries if query.name == name), None)
        if query is None or reader.is_unlimited:
            return True
        return readers_of(declared, query) is not QueryReaders.PARTIES

    def _is_theirs(
        self, reader: ChainReader, query: Query, args: Mapping[str, Any], answer: Mapping[str, Json]
    ) -> bool:
        """Decide whether an answer is about a record in which the organisation has a part, or names it."""
        # Ids that may be left out choose a page or narrow a list: they are not what the answer is about.
        asked = [field for field in query.fields if isinstance(field.kind, Id)]
        stated = {field.name for field in query.fields}
        returned = [field for field in query.returns if field.name not in stated]
        about = union((named_in(asked, args), named_in(returned, answer)))
        return self._has_part(reader, about)

    def _require(self, reader: ChainReader, about: NamedParties, thing: str) -> None:
        if not self._has_part(reader, about):
            raise _not_a_party(thing) if reader.account else _unsigned(thing)

    def _has_part(self, reader: ChainReader, about: NamedParties) -> bool:
        if reader.org is None:
            return False
        if reader.org in about.organisations:
            return True
        return any(self._is_in_record(reader.org, of, id_) for of, id_ in about.records)

    def _is_in_record(self, org: OrgId, of: str, id_: bytes) -> bool:
        """Decide whether a shared record names an organisation, or is listed under it."""
        module, _, name = of.partition(".")
        declared = self._directory.module(module)
        for record in () if declared is None else declared.records:
            if not record.is_shared:
                continue
            beginning = f"{module}/".encode() + record.prefix
            kinds = [_inner(field.kind) for field in record.key]
            if record.name == name and len(kinds) == 1:
                raw = self._ledger.get(beginning + id_)
                if raw is not None and org in named_by(record.fields, read_record(raw)).organisations:
                    return True
            match kinds:
                case [Organisation(), Id(of=owner)] if owner == of:
                    if self._ledger.get(beginning + org.encode() + b"/" + id_) is not None:
                        return True
        return False

    def _has_signed(self, reader: ChainReader, signers: Sequence[bytes | str]) -> bool:
        if reader.org is None:
            return False
        keys = (bytes.fromhex(signer) if isinstance(signer, str) else signer for signer in signers)
        return any(self._ledger.organisation_of((PublicKey(key),)) == reader.org for key in keys)

    def _by_operation(self, operation: Mapping[str, Any]) -> NamedParties:
        args = operation["args"]
        known = self._directory.action(operation["module"], operation["action"], len(args))
        return NOBODY if known is None else named_by(known.fields, args)

    def _by_event(self, event: Mapping[str, Any]) -> NamedParties:
        values = event["fields"]
        known = self._directory.event(event["module"], event["name"], len(values))
        return NOBODY if known is None else named_by(known.fields, values)


def _is_open(module: Module | None) -> bool:
    return module is not None and module.is_open


def readers_of(module: Module | None, query: Query) -> QueryReaders:
    """Readers of a query's answer: everybody, where the module is open."""
    return QueryReaders.EVERYBODY if _is_open(module) else query.readers


def _require_own_filter(reader: ChainReader, asked: str, query: Query, args: Mapping[str, Any]) -> None:
    """Require of a list by pages that it is narrowed to what names the reader's organisation. Filters and
    ``next`` would else tell of rows that are cut away.
    """
    stated = {field.name: _inner(field.kind) for field in query.fields}
    if PAGED_BY not in stated:
        return
    filters = [name for name, kind in stated.items() if isinstance(kind, Organisation)]
    if not any(args.get(name) == reader.org for name in filters):
        hint = f"name your own organisation as {' or '.join(filters)}" if filters else "auditors may ask it"
        raise Refused("NOT_A_PARTY", {"thing": asked}, hint)


def _inner(kind: Kind) -> Kind:
    return kind.inner if isinstance(kind, Optional) else kind


def _not_a_party(thing: str) -> Refused:
    hint = "ask with an account of an organisation that has a part in it, or of an auditor"
    return Refused("NOT_A_PARTY", {"thing": thing}, hint)


def _unsigned(thing: str) -> Refused:
    hint = "sign it as docs/gateway.md says, with the key of an account"
    return Refused("GATEWAY_UNSIGNED", {"thing": thing}, hint)
