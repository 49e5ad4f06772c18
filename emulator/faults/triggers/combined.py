"""Conditions together: all of them, one of them, one after another."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated, ClassVar, TypeAlias

from pydantic import Field

from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.faults.triggers.condition import KINDS, AnyCondition, Condition
from isletbench.emulator.faults.triggers.watch import Either, Every, Scope, Sequential, Watch


class _Combination(Condition):
    """Conditions together."""

    key: ClassVar = "_"
    combines: ClassVar = True

    @property
    def combined(self) -> tuple[Condition, ...]:
        """The conditions that it combines."""
        found: tuple[Condition, ...] = getattr(self, self.key)
        return found

    def parts(self) -> Iterator[Condition]:
        """It, and every condition inside it."""
        yield self
        for one in self.combined:
            yield from one.parts()

    def _scope(self, scope: Scope) -> Scope:
        return Scope(self.about(scope), scope.view)


Several: TypeAlias = Annotated[tuple[AnyCondition, ...], Field(min_length=2, max_length=20)]


class AllOf(_Combination):
    """Every one of these has come true. What happens counts at a moment at which every level and idle time among them holds."""

    key: ClassVar = "all"
    all: Several

    def watch(self, scope: Scope, now: Instant) -> Watch:
        """Look out for all of them at once."""
        return Every([one.watch(self._scope(scope), now) for one in self.all])


class AnyOf(_Combination):
    """One of these has come true."""

    key: ClassVar = "any"
    any: Several

    def watch(self, scope: Scope, now: Instant) -> Watch:
        """Look out for all of them at once."""
        return Either([one.watch(self._scope(scope), now) for one in self.any])


class InOrder(_Combination):
    """These come true one after another: each is waited for from the moment on at which the one before has come true."""

    key: ClassVar = "then"
    then: Several

    def watch(self, scope: Scope, now: Instant) -> Watch:
        """Look out for the first one."""
        steps = [partial(one.watch, self._scope(scope)) for one in self.then]
        return Sequential(steps, steps[0](now))


del KINDS["_"]
