#include "kinds.hpp"
#include "pep/platform_tags.hpp"
#include "pep/tags.hpp"
#include "pep/wheel_name.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

namespace envfix::conformance {

namespace {

using nlohmann::json;
using Interpreters = std::map<std::string, pep::SupportedTags>;

std::string sha256(const std::string& bytes)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
    std::string hex;
    for (unsigned i = 0; i < size; ++i) {
        constexpr std::string_view k_digits = "0123456789abcdef";
        hex += k_digits[digest[i] >> 4U];
        hex += k_digits[digest[i] & 0xFU];
    }
    return hex;
}

/// What the row says of an interpreter, as input for our rules. Whether a build is free-threaded or
/// a debug build only the row's name tells; the ABI of PyPy is a fact of the build (its EXT_SUFFIX)
/// that the row holds nowhere but in its first group.
pep::TagEnvironment environment_of(const json& row)
{
    pep::TagEnvironment out;
    const auto& name = row.at("name").get_ref<const std::string&>();
    const auto& version = row.at("version").get_ref<const std::string&>();
    out.implementation = row.at("implementation").get<std::string>();
    const auto* const end = version.data() + version.size();
    const auto major = std::from_chars(version.data(), end, out.major);
    std::from_chars(major.ptr + 1, end, out.minor);
    out.is_free_threaded = name.find(version + "t-") != std::string::npos;
    out.is_debug = name.find("-dbg-") != std::string::npos;
    if (out.implementation != "cpython") out.abi = row.at("groups").at(0).at(1).get<std::string>();

    const auto& platform = row.at("platform").get_ref<const std::string&>();
    const auto& libc_text = row.at("libc").get_ref<const std::string&>();
    // All musl interpreters of the vectors run on 1.2; the rows do not say it.
    const auto libc = pep::parse_libc(libc_text == "musl" ? "musl 1.2" : libc_text);
    if (libc) out.platforms = pep::linux_platforms(platform.substr(platform.find('-') + 1), *libc);
    return out;
}

void run_interp(const json& row, Interpreters& interpreters, Report& report)
{
    const auto environment = environment_of(row);
    json groups = json::array();
    for (const auto& group : pep::supported_groups(environment)) {
        groups.push_back({group.interpreter, group.abi, group.is_any ? "any" : "*"});
    }
    const auto tags = pep::supported_tags(environment);
    std::string text;
    for (const auto& tag : tags) {
        if (!text.empty()) text += '\n';
        text += to_string(tag);
    }
    const json got = {{"platforms", environment.platforms},
                      {"groups", groups},
                      {"count", tags.size()},
                      {"sha256", sha256(text)}};
    json expected;
    for (const auto& [key, value] : got.items())
        expected[key] = row.at(key);
    report.equal(row["name"], expected, got);
    interpreters.emplace(row["name"].get<std::string>(), pep::SupportedTags(tags));
}

json texts(const std::vector<pep::Tag>& tags)
{
    std::vector<std::string> out;
    for (const auto& tag : tags)
        out.push_back(to_string(tag));
    std::sort(out.begin(), out.end()); // by the whole text
    return out;
}

/// The number as JSON has it, if it fits.
json number(const std::string& digits)
{
    return json::parse(digits);
}

json described(const std::string& filename, const Interpreters& interpreters)
{
    const auto wheel = pep::WheelName::parse(filename);
    if (!wheel) return {{"ok", false}};
    json supported_by = json::object();
    for (const auto& [name, supported] : interpreters) {
        if (const auto rank = supported.best_rank(wheel->tags)) supported_by[name] = *rank;
    }
    const auto& build = wheel->build;
    return {{"ok", true},
            {"name", wheel->name},
            {"version", wheel->version.to_string()},
            {"build", build ? json::array({number(build->number), build->rest}) : json(nullptr)},
            {"tags", texts(wheel->tags)},
            {"supported_by", supported_by}};
}

/// The row's own values under the keys of `got`.
json expected_of(const json& row, const json& got)
{
    json out;
    for (const auto& [key, value] : got.items())
        out[key] = row.contains(key) ? row[key] : json();
    out["ok"] = row.at("ok");
    return out;
}

void run_wheel(const json& row, const Interpreters& interpreters, Report& report)
{
    const auto got = described(row.at("filename").get<std::string>(), interpreters);
    report.equal(row["filename"], expected_of(row, got), got);
}

void run_tag(const json& row, Report& report)
{
    const auto tags = pep::parse_tags(row.at("input").get_ref<const std::string&>());
    const json got = tags ? json{{"ok", true}, {"tags", texts(*tags)}} : json{{"ok", false}};
    report.equal(row["input"], expected_of(row, got), got);
}

} // namespace

void run_wheel_tags(const Rows& rows, Report& report)
{
    Interpreters interpreters;
    for_each_row(rows, report, [&](const json& row) {
        const auto& kind = row.at("kind").get_ref<const std::string&>();
        if (kind == "interp") {
            run_interp(row, interpreters, report);
        } else if (kind == "wheel") {
            run_wheel(row, interpreters, report);
        } else if (kind == "tag") {
            run_tag(row, report);
        } else {
            report.fail(row, "a kind of row that this runner knows", kind);
        }
    });
}

} // namespace envfix::conformance
