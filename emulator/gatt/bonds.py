"""The bonds of a device: which clients it knows again, and the CCCDs that each of them left. Core Vol 3, Part G, 3.3.3.3."""

from collections.abc import Iterable, Mapping
from typing import Any

from isletbench.emulator.gatt.service import Bonds, DeleteBonds, Peer
from isletbench.emulator.gatt.table import Handle
from isletbench.protocols.att import Cccd


class BondTable:
    """``cccds`` maps a client's identity to its CCCDs. It outlives connections and can be stored and restored. With ``one`` it
    keeps a single bond: that of another client takes its place."""

    def __init__(self, *, one: bool = False) -> None:
        self.cccds: dict[str, dict[Handle, Cccd]] = {}
        self._one = one

    def secured(self, peer: Peer, identity: str, peers: Iterable[Peer]) -> list[str]:
        """A connected client is bonded: it has the CCCDs that it left, or leaves those that it has. The identities of the bonds
        that are deleted for it."""
        peer.identity, peer.bonded = identity, True
        replaced = [other for other in self.cccds if other != identity] if self._one else []
        peer.cccds = self.cccds.setdefault(identity, peer.cccds)
        return self.delete(replaced, peers)

    def meant(self, request: DeleteBonds) -> list[str]:
        """The bonds that a client asks to have deleted, by identity."""
        own, whose = request.peer.identity, request.whose
        return [each for each in self.cccds if whose is Bonds.ALL or (each == own) == (whose is Bonds.REQUESTING)]

    def delete(self, identities: Iterable[str], peers: Iterable[Peer]) -> list[str]:
        """Delete bonds: of connected clients when their connection ends, the others at once; these are returned."""
        connected = {peer.identity: peer for peer in peers}
        deleted = []
        for identity in identities:
            if peer := connected.get(identity):
                peer.loses_bond = True
            else:
                self.cccds.pop(identity, None)
                deleted.append(identity)
        return deleted

    def disconnected(self, peer: Peer) -> list[str]:
        """A connection has ended; the identity whose bond is deleted with it, if one is."""
        if not peer.loses_bond or peer.identity is None:
            return []
        self.cccds.pop(peer.identity, None)
        return [peer.identity]

    def clear(self) -> tuple[str, ...]:
        """Delete every bond; the identities."""
        deleted = tuple(self.cccds)
        self.cccds.clear()
        return deleted

    def snapshot(self) -> dict[str, dict[Handle, int]]:
        """The CCCDs of every bonded client, by identity and handle."""
        return {who: {handle: int(value) for handle, value in of.items()} for who, of in self.cccds.items()}

    def restore(self, snapshot: Mapping[str, Mapping[Any, int]]) -> None:
        """Take over the bonds of another device of the same services; handles may have become text, as in JSON."""
        for identity, of in snapshot.items():
            self.cccds[identity] = {int(handle): Cccd(value) for handle, value in of.items()}
