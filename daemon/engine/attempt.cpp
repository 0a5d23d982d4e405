#include "engine/attempt.hpp"

namespace envfix::engine {

Action Attempt::begin()
{
    return next_rung(0);
}

Action Attempt::done(Went went)
{
    using Kind = Action::Kind;
    const bool well = went == Went::well;
    switch (m_last.kind) {
    case Kind::stage: return well ? next(Kind::trial) : leave(went, Kind::discard);
    case Kind::trial: m_tried = true; return well ? next(Kind::apply) : leave(went, Kind::discard);
    // A transaction that fails to begin has taken itself back.
    case Kind::apply: return well ? next(Kind::prove) : leave(went, Kind::discard);
    case Kind::prove: return well ? next(Kind::keep) : leave(went, Kind::take_back);
    case Kind::keep: return well ? finish(model::RunState::fixed) : leave(went, Kind::take_back);
    case Kind::take_back:
        if (!well)
            return finish(model::RunState::failed); // recovery has to do it: touch nothing more
        return m_stopping ? finish(m_end) : next_rung(m_last.rung + 1);
    // A stage that stays behind does no harm.
    case Kind::discard: return m_stopping ? finish(m_end) : next_rung(m_last.rung + 1);
    case Kind::finish: break;
    }
    return m_last;
}

Action Attempt::leave(Went went, Action::Kind how)
{
    if (went == Went::conflict || went == Went::cancelled) {
        m_stopping = true;
        m_end = went == Went::conflict ? model::RunState::conflict : model::RunState::reverted;
    }
    return next(how);
}

Action Attempt::next(Action::Kind kind)
{
    m_last.kind = kind;
    return m_last;
}

Action Attempt::next_rung(std::size_t from)
{
    for (auto rung = from; rung < m_available.size(); ++rung) {
        if (!m_available[rung]) continue;
        return m_last = Action{
                   .kind = Action::Kind::stage, .rung = rung, .end = model::RunState::failed};
    }
    return finish(m_tried ? model::RunState::reverted : model::RunState::failed);
}

Action Attempt::finish(model::RunState end)
{
    return m_last = Action{.kind = Action::Kind::finish, .rung = m_last.rung, .end = end};
}

} // namespace envfix::engine
