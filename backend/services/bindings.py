"""Channel accounts bound to buyers: who may see what, ended by staff or by the customer, proven again at any time.

A conversation is bound by proving who the buyer is (`services.identity`). Once that is revoked it shows none of the
buyer's orders and cases, what it was applying for about them is closed, and no notice about them goes there; nor does
anything that the bot or an agent had said and that was still on its way.
"""

from backend.domain.access import Permission
from backend.domain.binding import Binding
from backend.domain.case import Actor, Role
from backend.domain.conversation import Conversation, Message
from backend.domain.lifecycle import Event
from backend.domain.work import Staff
from backend.errors import BindingNotFound, CaseNotFound, ConversationNotFound
from backend.ports import UnitOfWork, World
from backend.services import audit, wechat
from backend.services.conversations import Notice, say
from backend.services.handoff import SERVED_BY_BOT
from backend.services.moving import move
from backend.services.permissions import require

ASKED = "unbind_asked"
"""The notice that asks the customer whether to unbind."""

UNBOUND = "unbound"
"""Who changed the epoch: what was said before rests on what is not proven any more."""


def bindings_of_conversation(world: World, conversation_id: str) -> list[Binding]:
    """Of one account, the newest proof first; those that were revoked are there too. Raises ConversationNotFound."""
    with world.read() as work:
        if work.conversations.get(conversation_id) is None:
            raise ConversationNotFound(conversation_id)
        return work.bindings.of_conversation(conversation_id)


def bindings_of_phone(world: World, phone: str) -> list[Binding]:
    """Of the buyer with that telephone number, on every channel."""
    with world.read() as work:
        return work.bindings.of_phone(phone.replace(" ", "").replace("-", ""))


def accounts_around(world: World, conversation_id: str) -> list[Binding]:
    """All accounts of the buyers whom a conversation is bound to, or was. Raises ConversationNotFound."""
    phones = sorted({each.buyer_phone for each in bindings_of_conversation(world, conversation_id)})
    return [each for phone in phones for each in bindings_of_phone(world, phone)]


def accounts_of_case(world: World, case_no: str) -> list[Binding]:
    """All accounts of a case's buyer. Raises CaseNotFound."""
    with world.read() as work:
        case = work.cases.by_number(case_no)
        order = work.orders.get(case.order_no or "") if case is not None else None
        if order is None:
            raise CaseNotFound(case_no)
        return work.bindings.of_phone(order.buyer_phone)


def revoke(world: World, binding_id: str, *, by: Staff, address: str = "") -> Binding:
    """End one that is in force; the audit trail has who did it, and the customer is told.

    Raises RoleRefused, and BindingNotFound where there is none in force of that id.
    """
    require(by, Permission.TALK)
    conversation_id, _, customer_id = binding_id.rpartition(".")
    with world.write() as work:
        found = {each.id: each for each in work.bindings.of_conversation(conversation_id)}.get(binding_id)
        if found is None or not _end(world, work, conversation_id, int(customer_id)):
            raise BindingNotFound(binding_id)
        audit.note(world, work, by.name, "account:binding:revoked", conversation_id, address=address, id=binding_id)
        say(world, work, work.conversations.lock(conversation_id), Notice("binding_revoked"))
        work.commit()
    return found


def ask_to_unbind(world: World, conversation_id: str) -> None:
    """Have the customer confirm that their account is to be unbound; say so where it is bound to nobody."""
    with world.write() as work:
        conversation = work.conversations.lock(conversation_id)
        bound = bool(work.conversations.proven_customers(conversation_id))
        say(world, work, conversation, Notice(ASKED if bound else "not_bound"))
        work.commit()


def was_asked(world: World, message: Message) -> bool:
    """Whether the line just before a customer's message asks them whether to unbind."""
    with world.read() as work:
        asked = work.talk.last_told(message.conversation_id, (ASKED,))
        newest = work.talk.last_before(message.conversation_id, message.seq)
    return asked is not None and newest is not None and newest.id == asked.id


def unbind_own(world: World, conversation_id: str) -> int:
    """The customer unbinds their own account from every buyer; returns from how many."""
    with world.write() as work:
        conversation = work.conversations.lock(conversation_id)
        ended = [
            customer_id
            for customer_id in sorted(work.conversations.proven_customers(conversation_id))
            if _end(world, work, conversation_id, customer_id)
        ]
        for customer_id in ended:
            binding = f"{conversation_id}.{customer_id}"
            audit.note(world, work, "customer", "account:binding:revoked", conversation_id, id=binding)
        say(world, work, conversation, Notice("unbound" if ended else "not_bound"))
        work.commit()
    return len(ended)


def keep_bound(world: World, conversation_id: str) -> None:
    """The customer does not want to unbind after all."""
    with world.write() as work:
        say(world, work, work.conversations.lock(conversation_id), Notice("stays_bound"))
        work.commit()


def _end(world: World, work: UnitOfWork, conversation_id: str, customer_id: int) -> bool:
    """With all that follows from it; the conversation is locked for the unit of work."""
    now = world.clock.now()
    conversation = work.conversations.lock(conversation_id)
    if not work.bindings.revoke(conversation_id, customer_id, now):
        return False
    draft = work.cases.draft_of(conversation_id)
    if draft is not None and draft.order_no and work.orders.customer_of(draft.order_no) == customer_id:
        actor = Actor(Role.CUSTOMER, conversation_id)
        move(world, work, draft, Event.WITHDRAW, actor=actor, now=now, detail={"reason": "binding_revoked"})
    _give_up_unsent(work, conversation, customer_id)
    return True


def _give_up_unsent(work: UnitOfWork, conversation: Conversation, customer_id: int) -> None:
    """Of a row that is being sent at this moment nobody can tell; it will not be sent again."""
    user = conversation.channel_user_id
    in_hand = wechat.rows_in_hand(work, user) if conversation.channel == "wechat" else set[int]()
    rows = work.bindings.unsent(conversation.id, customer_id, in_hand)
    wechat.take_out(work, user, in_hand & set(rows))
    work.bindings.give_up(rows)
    work.conversations.change_mode(
        conversation.id, of=SERVED_BY_BOT, to=conversation.mode, by=UNBOUND, waiting_since=conversation.waiting_since
    )  # what the bot is thinking of now belongs to an older epoch
