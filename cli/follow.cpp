#include "cli/follow.hpp"

#include "wire/conversions.hpp"

namespace envfix::cli {

namespace {
/// A signal is never lost on a bus that lives; looking anyway costs nothing and forgives everything.
constexpr std::chrono::milliseconds k_look_again{2000};
} // namespace

Follower::Follower(Client& client, std::function<void(const model::RunEvent&)> tell)
    : m_client(client), m_tell(std::move(tell))
{
}

Answer<void> Follower::listen()
{
    Listener listener;
    listener.run = [this](const wire::Run& run) {
        if (m_id.empty() || std::get<0>(run) == m_id) m_changed = true;
    };
    listener.progress = [this](const std::string& run, const wire::Event& event) {
        if (!m_tell || (!m_id.empty() && run != m_id)) return;
        if (const auto told = wire::from_wire(event)) m_tell(*told);
    };
    return m_client.listen(std::move(listener));
}

Answer<model::Run> Follower::to_end(const std::string& id, bool undoing)
{
    m_id = id;
    bool ended_before = false;
    for (;;) {
        const bool told = std::exchange(m_changed, false);
        auto run = m_client.ask([&](Manager& manager) { return manager.GetRun(id); },
                                [](const wire::Run& wire) { return wire::from_wire(wire); });
        if (!run) return run;
        const bool lasts = run->state == model::RunState::running;
        // A run that is to be taken back has ended long ago: it is its next word that counts.
        if (!lasts && (!undoing || run->state == model::RunState::undone || (told && ended_before))) return run;
        ended_before = !lasts;
        const auto until = std::chrono::steady_clock::now() + k_look_again;
        while (!m_changed) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
            if (left <= std::chrono::milliseconds::zero()) break;
            const auto waited = m_client.wait(left);
            if (!waited) return tl::unexpected(waited.error());
        }
    }
}

} // namespace envfix::cli
