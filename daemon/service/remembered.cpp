#include "service/remembered.hpp"

#include "fs/write_tree.hpp"

#include <nlohmann/json.hpp>

namespace envfix::service {

namespace {

using Json = nlohmann::json;

constexpr const char* k_name = "remembered.json";
constexpr std::size_t k_cap = 4UL * 1024 * 1024;
constexpr std::uint32_t k_mode = 0600;

Remembered from_json(const Json& json)
{
    Remembered remembered;
    remembered.roots = json.value("roots", std::vector<std::string>{});
    const auto holds = json.value("holds", Json::object());
    for (const auto& [id, hold] : holds.items()) {
        remembered.holds[id] = {.until_s = hold.value("until", std::int64_t{0}),
                                .reason = hold.value("reason", std::string{}),
                                .by = hold.value("by", std::string{})};
    }
    remembered.releases = json.value("releases", std::map<std::string, std::int64_t>{});
    remembered.quarantines = json.value("quarantines", std::map<std::string, std::string>{});
    const auto told = json.value("told", Json::object());
    for (const auto& [id, each] : told.items()) {
        remembered.told[id] = {.codes = each.value("codes", std::set<std::string>{}), .plan = each.value("plan", false)};
    }
    return remembered;
}

} // namespace

Result<Remembered> load_remembered(const std::string& state_dir)
{
    ENVFIX_TRY(const auto folder, fs::WriteTree::open(state_dir));
    const auto text = folder.read(k_name, k_cap);
    if (!text) {
        if (text.error().code == ErrorCode::not_found) return Remembered{};
        return fail(text.error());
    }
    try {
        return from_json(Json::parse(*text));
    } catch (const Json::exception& error) {
        return fail(ErrorCode::malformed, state_dir + "/" + k_name + " is damaged: " + error.what());
    }
}

Result<void> save_remembered(const std::string& state_dir, const Remembered& remembered)
{
    Json json{{"roots", remembered.roots}, {"quarantines", remembered.quarantines},
              {"releases", remembered.releases}, {"holds", Json::object()}, {"told", Json::object()}};
    for (const auto& [id, hold] : remembered.holds) {
        json["holds"][id] = {{"until", hold.until_s}, {"reason", hold.reason}, {"by", hold.by}};
    }
    for (const auto& [id, told] : remembered.told) json["told"][id] = {{"codes", told.codes}, {"plan", told.plan}};
    ENVFIX_TRY(const auto folder, fs::WriteTree::open(state_dir));
    // A path need not be UTF-8; what is not is replaced rather than thrown at us.
    return folder.atomic_replace(k_name, json.dump(1, ' ', false, Json::error_handler_t::replace), k_mode);
}

} // namespace envfix::service
