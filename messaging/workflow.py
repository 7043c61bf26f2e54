"""The states of a conversation and the moves between them, as data (domain rules, section 5).

`bin/manage workflow_diagram` draws docs/workflow.md from TRANSITIONS; a test compares the two.
"""

import enum
from dataclasses import dataclass

from messaging.models.conversation import State
from smportal.errors import Conflict


class Event(enum.StrEnum):
    """What can happen to a conversation."""

    VETERAN_WRITES = "the veteran writes"
    TAKE = "a member takes it"
    ASSIGN = "a member assigns it"
    RELEASE = "the assignee is removed"
    REPLY = "a member replies"
    COMPLETE = "a member completes it"
    WITHDRAW = "the veteran no longer needs an answer"
    REOPEN = "a member reopens it"
    HAND_OVER = "it is handed over to another team"
    START = "a member starts it"
    RETRACT = "its answer is withdrawn as sent in error"


@dataclass(frozen=True, slots=True)
class Transition:
    """From these states this event leads to that state."""

    sources: frozenset[State]
    target: State


# How a conversation begins: with a message of the veteran, or of the team, which owes no answer then.
BEGINNINGS: dict[Event, State] = {Event.VETERAN_WRITES: State.NEW, Event.START: State.ANSWERED}

OPEN = frozenset({State.NEW, State.IN_PROGRESS, State.ANSWERED})
ANY = frozenset(State)

# A veteran's message has two ends: back to its assignee when there still is one, else to the queue.
TRANSITIONS: dict[tuple[Event, bool], Transition] = {
    (Event.VETERAN_WRITES, True): Transition(ANY, State.IN_PROGRESS),
    (Event.VETERAN_WRITES, False): Transition(ANY, State.NEW),
    (Event.TAKE, True): Transition(frozenset({State.NEW, State.IN_PROGRESS}), State.IN_PROGRESS),
    (Event.ASSIGN, True): Transition(frozenset({State.NEW, State.IN_PROGRESS}), State.IN_PROGRESS),
    (Event.RELEASE, False): Transition(frozenset({State.NEW, State.IN_PROGRESS}), State.NEW),
    (Event.REPLY, True): Transition(ANY, State.ANSWERED),
    (Event.REPLY, False): Transition(ANY, State.ANSWERED),
    (Event.COMPLETE, True): Transition(OPEN, State.COMPLETED),
    (Event.COMPLETE, False): Transition(OPEN, State.COMPLETED),
    (Event.WITHDRAW, True): Transition(frozenset({State.NEW, State.IN_PROGRESS}), State.COMPLETED),
    (Event.WITHDRAW, False): Transition(frozenset({State.NEW, State.IN_PROGRESS}), State.COMPLETED),
    (Event.REOPEN, True): Transition(frozenset({State.COMPLETED}), State.IN_PROGRESS),
    (Event.REOPEN, False): Transition(frozenset({State.COMPLETED}), State.NEW),
    (Event.HAND_OVER, False): Transition(frozenset({State.NEW, State.IN_PROGRESS}), State.NEW),
    (Event.RETRACT, True): Transition(frozenset({State.ANSWERED, State.COMPLETED}), State.IN_PROGRESS),
    (Event.RETRACT, False): Transition(frozenset({State.ANSWERED, State.COMPLETED}), State.NEW),
}


class IllegalTransition(Conflict):
    """The state does not allow this event; the text says why."""

    code = "illegal_transition"


def move(state: str, event: Event, *, assigned: bool) -> State:
    """Return the next state. `assigned`: whether somebody active will be the assignee afterwards.

    Raises IllegalTransition, with a text for the person at the screen.
    """
    transition = TRANSITIONS.get((event, assigned))
    if transition is None or State(state) not in transition.sources:
        label = State(state).label.lower()
        raise IllegalTransition(f"This conversation is {label} now, so this can’t be done: {event.value}.")
    return transition.target


def may(state: str, event: Event, *, assigned: bool) -> bool:
    """Tell whether a move is legal: for templates."""
    transition = TRANSITIONS.get((event, assigned))
    return transition is not None and State(state) in transition.sources
