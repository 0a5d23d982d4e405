#include "service/store_keeping.hpp"

#include "formats/record.hpp"

#include <string_view>

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

} // namespace envfix::service
