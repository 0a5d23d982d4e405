#include "wire/conversions.hpp"

#include "report/text.hpp"

namespace envfix::wire {

String text_to_wire(std::string_view text)
{
    return report::transportable(text);
}

Strings texts_to_wire(const std::vector<std::string>& texts)
{
    Strings wire;
    wire.reserve(texts.size());
    for (const auto& text : texts) wire.push_back(text_to_wire(text));
    return wire;
}

} // namespace envfix::wire
