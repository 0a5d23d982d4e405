#include "formats/metadata.hpp"

#include "formats/header_reader.hpp"

namespace envfix::formats {

namespace {

/// Every line end becomes `\n`.
std::string normalise_line_ends(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\r') {
            out += text[i];
            continue;
        }
        out += '\n';
        if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
    }
    return out;
}

/// One line: each line end with the white space around it becomes one blank, the ends are trimmed.
std::string unfold(std::string_view value)
{
    std::string out;
    Lines lines(strip(value));
    std::string_view line;
    while (lines.next(line)) {
        const auto text = strip(line);
        if (!out.empty() && !text.empty()) out += ' ';
        out += text;
    }
    return out;
}

void keep_first(std::optional<std::string>& kept, std::string_view value)
{
    if (!kept) kept = unfold(value);
}

} // namespace

const std::string* Metadata::first(std::string_view name) const
{
    for (const auto& header : headers)
        if (equal_ignoring_case(header.name, name)) return &header.value;
    return nullptr;
}

Metadata parse_metadata(std::string_view text)
{
    Metadata metadata;
    HeaderReader reader(text);
    HeaderReader::Field field;
    while (reader.next(field))
        metadata.headers.push_back({std::string(field.name), normalise_line_ends(field.value)});
    metadata.body = normalise_line_ends(reader.stray_line()) + normalise_line_ends(reader.body());
    return metadata;
}

CoreMetadata parse_core_metadata(std::string_view text)
{
    CoreMetadata core;
    core.not_utf8 = !is_utf8(text);
    HeaderReader reader(text);
    HeaderReader::Field field;
    while (reader.next(field)) {
        // The length is compared first: most fields are passed over by one comparison of numbers.
        if (equal_ignoring_case(field.name, "Requires-Dist"))
            core.requires_dist.push_back(unfold(field.value));
        else if (equal_ignoring_case(field.name, "Provides-Extra"))
            core.provides_extra.push_back(unfold(field.value));
        else if (equal_ignoring_case(field.name, "Name"))
            keep_first(core.name, field.value);
        else if (equal_ignoring_case(field.name, "Version"))
            keep_first(core.version, field.value);
        else if (equal_ignoring_case(field.name, "Requires-Python"))
            keep_first(core.requires_python, field.value);
    }
    return core;
}

} // namespace envfix::formats
