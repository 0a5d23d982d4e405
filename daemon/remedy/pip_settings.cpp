#include "remedy/pip_settings.hpp"

#include "fs/tree.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace envfix::remedy {

namespace {

constexpr std::string_view k_blanks = " \t\r\f\v";
constexpr std::array<std::string_view, 3> k_sections{"global", "install", "download"};

std::string_view strip(std::string_view text)
{
    const auto first = text.find_first_not_of(k_blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(k_blanks) - first + 1);
}

std::string lower(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

/// pip takes "index_url", "--index-url" and "Index-URL" for the same key.
std::string key_of(std::string_view text)
{
    auto key = lower(text);
    std::ranges::replace(key, '_', '-');
    return key.starts_with("--") ? key.substr(2) : key;
}

std::vector<std::string> words_of(std::string_view text)
{
    std::vector<std::string> words;
    constexpr std::string_view k_gaps = " \t\r\n\f\v";
    while (true) {
        const auto first = text.find_first_not_of(k_gaps);
        if (first == std::string_view::npos) return words;
        text.remove_prefix(first);
        const auto size = std::min(text.find_first_of(k_gaps), text.size());
        words.emplace_back(text.substr(0, size));
        text.remove_prefix(size);
    }
}

using Section = std::map<std::string, std::string, std::less<>>;

/// A configuration file as RawConfigParser reads it: "key = value" or "key: value", indented lines
/// go on with the value before, "#" and ";" begin a comment at the start of a line.
std::map<std::string, Section, std::less<>> parse_ini(std::string_view text)
{
    std::map<std::string, Section, std::less<>> sections;
    Section* section = nullptr;
    std::string* value = nullptr;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto body = strip(line);
        if (body.empty()) continue;
        if (body.front() == '#' || body.front() == ';') continue;
        const bool indented = k_blanks.find(line.front()) != std::string_view::npos;
        if (indented && value != nullptr) {
            *value += '\n';
            *value += body;
            continue;
        }
        value = nullptr;
        if (body.front() == '[') {
            const auto close = body.find(']');
            section = close == std::string_view::npos
                          ? nullptr
                          : &sections[std::string(body.substr(1, close - 1))];
            continue;
        }
        const auto sign = body.find_first_of("=:");
        if (section == nullptr || sign == std::string_view::npos) continue;
        value = &(*section)[key_of(strip(body.substr(0, sign)))];
        *value = strip(body.substr(sign + 1));
    }
    return sections;
}

bool is_url(std::string_view text)
{
    const auto colon = text.find("://");
    return colon != std::string_view::npos && colon > 0 &&
           std::ranges::all_of(text.substr(0, colon),
                               [](unsigned char c) { return std::isalnum(c) != 0 || c == '+'; });
}

bool is_plain(std::string_view text)
{
    return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

/// An absolute path for a folder, a URL as it is; empty for what is neither, because it would
/// depend on where one stands.
std::string place_of(std::string_view text, std::string_view home)
{
    if (!is_plain(text)) return {};
    if (is_url(text) || text.starts_with('/')) return std::string(text);
    if (text.starts_with("~/") && !home.empty())
        return std::string(home) + std::string(text.substr(1));
    return {};
}

bool is_true(std::string_view text)
{
    constexpr std::array<std::string_view, 5> k_yes{"1", "y", "yes", "t", "true"};
    const auto value = lower(strip(text));
    return std::ranges::find(k_yes, value) != k_yes.end() || value == "on";
}

void apply(PipSettings& settings, std::string_view key, std::string_view value,
           std::string_view home)
{
    const auto words = words_of(value);
    if (key == "index-url" && !words.empty() && is_url(words.front()))
        settings.index_url = words.front();
    if (key == "extra-index-url") {
        settings.extra_index_urls.clear();
        std::ranges::copy_if(words, std::back_inserter(settings.extra_index_urls), is_url);
    }
    if (key == "find-links") {
        settings.find_links.clear();
        for (const auto& word : words) {
            if (auto place = place_of(word, home); !place.empty())
                settings.find_links.push_back(std::move(place));
        }
    }
    if (key == "no-index") settings.no_index = is_true(value);
    if (key == "proxy" && words.size() == 1) settings.proxy = words.front();
    if (key == "cert" && words.size() == 1) {
        const auto place = place_of(words.front(), home);
        if (place.starts_with('/')) settings.cert = place;
    }
}

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const auto& word : words) {
        if (!text.empty()) text += ' ';
        text += word;
    }
    return text;
}

} // namespace

PipSettings parse_pip_conf(std::string_view text, std::string_view home, PipSettings below)
{
    if (text.size() > k_pip_conf_cap) return below;
    constexpr std::string_view k_byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(k_byte_order_mark)) text.remove_prefix(k_byte_order_mark.size());
    const auto sections = parse_ini(text);
    for (const auto name : k_sections) {
        const auto found = sections.find(name);
        if (found == sections.end()) continue;
        for (const auto& [key, value] : found->second) {
            apply(below, key, value, home);
        }
    }
    return below;
}

PipSettings apply_pip_variables(const std::map<std::string, std::string>& variables,
                                std::string_view home, PipSettings below)
{
    constexpr std::string_view k_prefix = "PIP_";
    for (const auto& [name, value] : variables) {
        if (!name.starts_with(k_prefix) || value.empty()) continue;
        apply(below, key_of(std::string_view(name).substr(k_prefix.size())), value, home);
    }
    return below;
}

std::vector<std::string> pip_conf_paths(std::string_view home, std::string_view prefix)
{
    std::vector<std::string> paths{"/etc/xdg/pip/pip.conf", "/etc/pip.conf"};
    if (!home.empty()) {
        paths.push_back(std::string(home) + "/.pip/pip.conf");
        paths.push_back(std::string(home) + "/.config/pip/pip.conf");
    }
    if (!prefix.empty()) paths.push_back(std::string(prefix) + "/pip.conf");
    return paths;
}

PipSettings read_pip_settings(const std::string& home, const std::string& prefix,
                              const std::map<std::string, std::string>& variables)
{
    PipSettings settings;
    if (const auto tree = fs::Tree::open()) {
        for (const auto& path : pip_conf_paths(home, prefix)) {
            if (const auto text = tree->read(path, k_pip_conf_cap)) {
                settings = parse_pip_conf(*text, home, std::move(settings));
            }
        }
    }
    return apply_pip_variables(variables, home, std::move(settings));
}

std::string without_password(std::string_view url)
{
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return std::string(url);
    const auto begin = scheme + 3;
    const auto end = std::min(url.find_first_of("/?#", begin), url.size());
    const auto at = url.substr(begin, end - begin).rfind('@');
    if (at == std::string_view::npos) return std::string(url);
    const auto who = url.substr(begin, at);
    const auto colon = who.find(':');
    // A name alone is a token as often as not.
    const auto shown = colon == std::string_view::npos
                           ? std::string("****")
                           : std::string(who.substr(0, colon)) + ":****";
    return std::string(url.substr(0, begin)) + shown + std::string(url.substr(begin + at));
}

std::string without_passwords(std::string_view text)
{
    constexpr std::string_view k_ends = " \t\r\n'\"<>),";
    std::string out;
    while (!text.empty()) {
        const auto size = std::min(text.find_first_of(k_ends), text.size());
        out += without_password(text.substr(0, size));
        if (size < text.size()) out += text[size];
        text.remove_prefix(std::min(size + 1, text.size()));
    }
    return out;
}

std::string describe(const PipSettings& settings)
{
    std::string text;
    const auto add = [&text](std::string_view what, std::string_view where) {
        if (!text.empty()) text += ", ";
        text += what;
        text += without_password(where);
    };
    if (!settings.no_index) {
        add("index ", settings.index_url.empty() ? "https://pypi.org/simple" : settings.index_url);
        for (const auto& url : settings.extra_index_urls) {
            add("index ", url);
        }
    }
    for (const auto& place : settings.find_links) {
        add("wheels in ", place);
    }
    return text.empty() ? "no index and no folder of wheels" : text;
}

std::vector<std::string> pip_variables(const PipSettings& settings)
{
    std::vector<std::string> variables;
    const auto add = [&variables](std::string_view name, const std::string& value) {
        if (!value.empty()) variables.push_back(std::string(name) + "=" + value);
    };
    std::vector<std::string> pages;
    std::ranges::copy_if(settings.find_links, std::back_inserter(pages), is_url);
    if (!settings.no_index) {
        add("PIP_INDEX_URL", settings.index_url);
        add("PIP_EXTRA_INDEX_URL", joined(settings.extra_index_urls));
    }
    add("PIP_FIND_LINKS", joined(pages));
    add("PIP_PROXY", settings.proxy);
    add("PIP_CERT", settings.cert);
    return variables;
}

PipSettings settings_for(const model::StepTemplate& step, PipSettings settings)
{
    if (step.index_url.empty() && step.find_links.empty()) return settings;
    settings.index_url = step.index_url;
    settings.extra_index_urls.clear();
    settings.find_links = step.find_links;
    settings.no_index = step.index_url.empty();
    return settings;
}

std::vector<std::string> pip_arguments(const PipSettings& settings)
{
    std::vector<std::string> arguments;
    if (settings.no_index) arguments.emplace_back("--no-index");
    for (const auto& place : settings.find_links) {
        if (is_url(place)) continue;
        arguments.emplace_back("--find-links");
        arguments.push_back(place);
    }
    return arguments;
}

} // namespace envfix::remedy
