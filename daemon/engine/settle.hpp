#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::engine {

using TimePoint = std::chrono::steady_clock::time_point;

/// What was seen in an environment, by names alone (module watch finds it out).
enum class Sight : std::uint8_t {
    metadata_appeared, ///< the dist-info or egg-info `name`; unfinished until INSTALLER or RECORD
                       ///< is in it
    metadata_vanished,
    record_appeared,    ///< RECORD in the dist-info `name`: the last thing that pip and uv write
    installer_appeared, ///< INSTALLER in it
    leftover_appeared,  ///< a folder "~name": pip is exchanging a package, or was killed while it
                        ///< did
    leftover_vanished,
    compiled_vanished, ///< a compiled file of the chain
    interpreter_gone,  ///< the environment's Python or pyvenv.cfg vanished, or a watched folder did
    other,             ///< any other change
    look,              ///< nothing was seen, and it is time to look: polled, overflow, asked for
    installer_started, ///< a process of pip, uv, poetry, conda or apt works here
    installer_ended    ///< none does any more
};

struct Event {
    std::string environment; ///< its id
    Sight sight = Sight::other;
    std::string name; ///< of the dist-info or the leftover; else empty

    bool operator==(const Event&) const = default;
};

/// Why an environment is judged.
enum class Why : std::uint8_t {
    damage,     ///< something vanished while nobody was installing
    unfinished, ///< an install began, and for `patience` nothing has happened: it was interrupted
    change      ///< a burst is over
};

std::string_view to_string(Why why);

struct Settled {
    std::string environment;
    Why why = Why::change;
    bool may_repair = true; ///< false: an installer works there; judge it, and leave it alone

    bool operator==(const Settled&) const = default;
};

/// How long is waited (THREATS.md W1).
struct Pace {
    std::chrono::milliseconds quiet{50}; ///< after the last change, where nothing is unfinished
    std::chrono::milliseconds patience{10'000}; ///< of silence, where something is
};

/// Decides when a burst of changes is over, by the state of what lies there and not by silence
/// alone: compiling a large package leaves 8 s of silence in the middle of an install. Only tells;
/// the caller takes what is settled and judges it. Knows no clock. An environment is remembered
/// only while there is something to wait for.
class Settler {
public:
    explicit Settler(Pace pace = {}) : m_pace(pace) {}

    /// Times must not go back. A caller that sees something vanish looks for installers first, and
    /// notes `installer_started` before: the first file that pip moves away is no damage.
    void note(const Event& event, TimePoint now);
    /// The environment is gone.
    void forget(std::string_view environment);

    /// When take_settled() has something to give, if nothing more happens.
    [[nodiscard]] std::optional<TimePoint> next_deadline() const;
    /// Those whose time has come: damage first, then by id. Each once for all that was noted.
    [[nodiscard]] std::vector<Settled> take_settled(TimePoint now);

    /// Whether somebody installs there, as far as can be seen: no repair may begin.
    [[nodiscard]] bool in_progress(std::string_view environment) const;

    /// Where an installer works, as far as was noted, and nothing else is waited for: nobody tells of its end, so somebody has
    /// to look for it, and to note `installer_ended`.
    [[nodiscard]] std::vector<std::string> with_installer() const;

private:
    struct State {
        std::set<std::string> unfinished; ///< metadata without INSTALLER and RECORD
        std::set<std::string> leftovers;
        bool installer = false;
        bool dirty = false; ///< there is something to judge
        bool damage = false;
        bool at_once = false;
        TimePoint first; ///< of what is not judged yet
        TimePoint last;

        [[nodiscard]] bool is_unfinished() const
        {
            return !unfinished.empty() || !leftovers.empty();
        }

        [[nodiscard]] bool in_progress() const { return installer || is_unfinished(); }
    };

    [[nodiscard]] TimePoint deadline(const State& state) const;
    static void remember(State& state, const Event& event);

    Pace m_pace;
    std::map<std::string, State, std::less<>> m_states;
};

} // namespace envfix::engine
