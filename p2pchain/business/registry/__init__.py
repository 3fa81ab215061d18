"""Documents offered for financing: no invoice is financed twice, whoever offers it and in whatever syntax."""

from p2pchain.business.registry.module import MODULE

__all__ = ["MODULE"]
