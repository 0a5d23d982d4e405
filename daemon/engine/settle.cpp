#include "engine/settle.hpp"

#include <algorithm>

namespace envfix::engine {

namespace {

/// Names beyond this tell nothing new: the set is not empty.
constexpr std::size_t k_most_names = 1024;

void add(std::set<std::string>& names, const std::string& name)
{
    if (names.size() < k_most_names) names.insert(name);
}

bool is_loss(Sight sight)
{
    switch (sight) {
    case Sight::metadata_vanished:
    case Sight::compiled_vanished:
    case Sight::interpreter_gone: return true;
    case Sight::metadata_appeared:
    case Sight::record_appeared:
    case Sight::installer_appeared:
    case Sight::leftover_appeared:
    case Sight::leftover_vanished:
    case Sight::other:
    case Sight::look:
    case Sight::installer_started:
    case Sight::installer_ended: return false;
    }
    return false;
}

} // namespace

std::string_view to_string(Why why)
{
    switch (why) {
    case Why::damage: return "damage";
    case Why::unfinished: return "unfinished";
    case Why::change: return "change";
    }
    return {};
}

void Settler::remember(State& state, const Event& event)
{
    switch (event.sight) {
    case Sight::metadata_appeared: add(state.unfinished, event.name); break;
    case Sight::metadata_vanished:
    case Sight::record_appeared:
    case Sight::installer_appeared: state.unfinished.erase(event.name); break;
    case Sight::leftover_appeared: add(state.leftovers, event.name); break;
    case Sight::leftover_vanished: state.leftovers.erase(event.name); break;
    case Sight::installer_started: state.installer = true; break;
    case Sight::installer_ended: state.installer = false; break;
    case Sight::compiled_vanished:
    case Sight::interpreter_gone:
    case Sight::other:
    case Sight::look: break;
    }
}

void Settler::note(const Event& event, TimePoint now)
{
    auto& state = m_states[event.environment];
    // An installer removes what it has just made or is about to replace: judged by what was known
    // before.
    const bool lost = is_loss(event.sight) && !state.in_progress();
    remember(state, event);
    if (event.sight == Sight::installer_started) return; // it has changed nothing so far
    if (!state.dirty) state.first = state.last = now;
    if (event.sight != Sight::look) state.last = now; // our own looking ends no silence
    state.dirty = true;
    state.damage |= lost;
    state.at_once |= lost || event.sight == Sight::look;
    // What vanished a moment ago was the beginning of an install.
    if (state.is_unfinished()) state.damage = state.at_once = false;
}

void Settler::forget(std::string_view environment)
{
    if (const auto at = m_states.find(environment); at != m_states.end()) m_states.erase(at);
}

TimePoint Settler::deadline(const State& state) const
{
    if (state.is_unfinished()) return state.last + m_pace.patience;
    if (state.at_once) return state.first;
    // Somebody who writes all the time must not keep us from looking at all.
    return std::min(state.last + m_pace.quiet, state.first + m_pace.patience);
}

std::optional<TimePoint> Settler::next_deadline() const
{
    std::optional<TimePoint> soonest;
    for (const auto& [environment, state] : m_states) {
        if (!state.dirty) continue;
        const auto due = deadline(state);
        if (!soonest || due < *soonest) soonest = due;
    }
    return soonest;
}

std::vector<Settled> Settler::take_settled(TimePoint now)
{
    std::vector<Settled> settled;
    for (auto at = m_states.begin(); at != m_states.end();) {
        auto& [environment, state] = *at;
        if (!state.dirty || deadline(state) > now) {
            ++at;
            continue;
        }
        const auto why = state.is_unfinished() ? Why::unfinished
                         : state.damage        ? Why::damage
                                               : Why::change;
        settled.push_back({.environment = environment, .why = why, .may_repair = !state.installer});
        // What was unfinished for so long is a finding now, and no sign of work any more.
        state.unfinished.clear();
        state.leftovers.clear();
        state.dirty = state.damage = state.at_once = false;
        at = state.in_progress() ? std::next(at) : m_states.erase(at);
    }
    std::ranges::stable_sort(settled, {}, &Settled::why);
    return settled;
}

bool Settler::in_progress(std::string_view environment) const
{
    const auto at = m_states.find(environment);
    return at != m_states.end() && at->second.in_progress();
}

std::vector<std::string> Settler::with_installer() const
{
    std::vector<std::string> environments;
    for (const auto& [environment, state] : m_states) {
        if (state.installer && !state.dirty) environments.push_back(environment);
    }
    return environments;
}

} // namespace envfix::engine
