#include "service/runs.hpp"

#include <optional>
#include <string>

namespace envfix::service {

Result<model::Run> find_run(const journal::Journal& journal, std::string_view id)
{
    auto exact = journal.run(std::string{id});
    if (exact || exact.error().code != ErrorCode::not_found) return exact;
    constexpr std::size_t k_shortest_prefix = 4;
    constexpr std::uint32_t k_most_runs = 1000;
    std::optional<model::Run> found;
    if (id.size() >= k_shortest_prefix) {
        ENVFIX_TRY(auto page, journal.runs({}, 0, k_most_runs));
        for (auto& run : page.items) {
            if (!run.id.starts_with(id)) continue;
            if (found) return fail(ErrorCode::malformed, "several runs begin with " + std::string{id} + "; give more of it");
            found = std::move(run);
        }
    }
    if (!found) {
        return fail(ErrorCode::not_found, "there is no run " + std::string{id} + "; `envfixctl history` shows them");
    }
    return *std::move(found);
}

} // namespace envfix::service
