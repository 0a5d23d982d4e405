#include "service/last_writer.hpp"

#include <array>
#include <ctime>

namespace envfix::service {

namespace {

std::string minute_of(std::int64_t ns)
{
    const auto seconds = static_cast<time_t>(ns / 1'000'000'000);
    tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts);
    return {text.data(), size};
}

} // namespace

std::string last_writer(const fs::Tree& tree, const model::Snapshot& snapshot)
{
    const model::Distribution* last = nullptr;
    std::int64_t at_ns = 0;
    for (const auto& link : snapshot.links) {
        if (!link.installed) continue;
        const auto status = tree.stat(link.installed->metadata_path);
        if (!status || (last != nullptr && status->mtime_ns <= at_ns)) continue;
        last = &*link.installed;
        at_ns = status->mtime_ns;
    }
    if (last == nullptr) return {};
    const auto who = last->installer.empty() ? std::string("a program that left no name") : last->installer;
    return who + " wrote " + last->name + " " + last->version + " last, " + minute_of(at_ns);
}

} // namespace envfix::service
