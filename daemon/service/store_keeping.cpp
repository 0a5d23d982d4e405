#include "service/store_keeping.hpp"

#include "base/as_values.hpp"
#include "base/printable.hpp"
#include "formats/record.hpp"

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <spdlog/spdlog.h>

#include <chrono>
#include <string_view>
#include <utility>

namespace envfix::service {

namespace {

constexpr std::size_t k_record_cap = 16UL * 1024 * 1024;

} // namespace

std::optional<remedy::KeepRequest> keep_request(const fs::Tree& tree, const model::Distribution& distribution,
                                                const std::string& soabi)
{
    const auto text = tree.read(distribution.metadata_path + "/RECORD", k_record_cap);
    if (!text) return std::nullopt;
    const auto folder = distribution.metadata_path.substr(distribution.metadata_path.rfind('/') + 1);
    remedy::KeepRequest request{.name = distribution.normalized,
                                .version = distribution.version,
                                .soabi = soabi,
                                .location = distribution.location,
                                .record = folder + "/RECORD"};
    for (const auto& entry : formats::parse_record(*text).entries) {
        const bool compiled = std::string_view(entry.path).ends_with(".pyc");
        if (compiled || entry.path.starts_with('/')) continue;
        const bool hashed = entry.algorithm == "sha256";
        request.files.push_back({.path = entry.path, .sha256 = hashed ? formats::hex_digest(entry).value_or("") : ""});
    }
    return request;
}

std::vector<model::Distribution> worth_keeping(const model::Snapshot& snapshot)
{
    std::vector<model::Distribution> found;
    for (const auto& link : snapshot.links) {
        const bool whole = link.installed && link.installed->has_record && !link.installed->editable && link.damaged.empty();
        if (whole) found.push_back(*link.installed);
    }
    return found;
}

void StoreKeeping::keep(const app::Judgement& judgement)
{
    if (judgement.report.state != model::EnvironmentState::healthy) return;
    if (judgement.report.kind == model::EnvironmentKind::project) return; // another environment's files
    if (!m_world.store.is_there()) m_kept.clear();
    auto& kept = m_kept[judgement.report.id];
    if (kept == judgement.report.fingerprint) return;
    kept = judgement.report.fingerprint;
    auto distributions = worth_keeping(judgement.snapshot);
    if (distributions.empty()) return;
    // Hashing and copying tens of megabytes is not for the loop. RECORD is read when its turn comes: after the start a thousand
    // environments wait.
    asio::post(m_world.pool, [this, tree = &m_world.tree, store = &m_world.store, distributions = std::move(distributions),
                              soabi = judgement.snapshot.interpreter.soabi] {
        for (const auto& distribution : distributions) {
            const auto request = keep_request(*tree, distribution, soabi);
            if (!request) continue;
            const auto done = store->keep(*request, wall_clock_s());
            if (!done) spdlog::debug("not kept: {}", escape_untrusted(done.error().message));
        }
        auto damage = store->take_damage();
        if (!damage.empty()) asio::post(m_world.loop, [this, damage = std::move(damage)] { found(damage); });
    });
}

void StoreKeeping::check()
{
    asio::post(m_world.pool, [this, store = &m_world.store] {
        const auto checked = store->check();
        if (!checked) spdlog::warn("{}", escape_untrusted(checked.error().message));
        const auto cleaned = store->clean();
        if (!cleaned) spdlog::warn("{}", escape_untrusted(cleaned.error().message));
        auto damage = store->take_damage();
        if (!damage.empty()) asio::post(m_world.loop, [this, damage = std::move(damage)] { found(damage); });
    });
}

asio::awaitable<void> StoreKeeping::look_after()
{
    co_await asio::this_coro::throw_if_cancelled(false);
    constexpr std::chrono::minutes k_pause{10};
    asio::steady_timer timer(m_world.loop);
    for (;;) {
        check();
        timer.expires_after(k_pause);
        const auto [error] = co_await timer.async_wait(k_as_values);
        if (error) co_return;
    }
}

void StoreKeeping::found(const std::vector<std::string>& damage)
{
    constexpr std::size_t k_most_told = 20;
    for (const auto& text : damage) spdlog::warn("{}; it is filled again from healthy environments", escape_untrusted(text));
    auto& told = m_world.store_damage;
    for (const auto& text : damage) told.push_back({.at_s = wall_clock_s(), .text = text});
    if (told.size() > k_most_told) told.erase(told.begin(), told.end() - k_most_told);
    m_kept.clear();
    m_judging->enqueue_all();
}

} // namespace envfix::service
