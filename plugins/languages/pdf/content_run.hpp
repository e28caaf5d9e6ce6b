// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One content stream at work. For the .cpp files of this folder only.
#include <span>

#include "page_colors.hpp"
#include "pdf_lexer.hpp"

namespace printrouter::pdf {

struct Ink {
  Space space = device_space(ColorSpace::gray);
  Colour color = Colour::mono;
  bool paints = true;  ///< false: Separation /None
};

struct State {
  Matrix matrix = {};
  Box clip = Box::everything();
  Ink fill = {}, stroke = {};
  double fill_alpha = 1, stroke_alpha = 1;
  bool masked = false;         ///< a soft mask: what is painted may not show
  bool strange_blend = false;  ///< a blend mode that can make colours of its own
  double line_width = 1;
  int text_mode = 0;
  Font font = {};
};

/// What a page has shown so far.
struct Seen {
  Colour doubtful = Colour::mono;  ///< marks whose place is not known
  std::vector<Box> coloured = {};  ///< places of certain colour
  bool crowded = false;            ///< more places than are kept: they can no longer be covered
  Colour verdict() const { return crowded || !coloured.empty() ? Colour::color : doubtful; }
};

class ContentRun {
 public:
  ContentRun(PageColors& shared, Seen& seen, QPDFObjectHandle resources, State state, int depth)
      : shared_(shared),
        seen_(seen),
        resources_(std::move(resources)),
        state_(std::move(state)),
        depth_(depth) {}
  void run(std::string_view content);
  /// For glyph procedures and uncoloured patterns: colours are taken from outside.
  bool ignores_color = false;
  bool saw_d1 = false;

 private:
  void graphics(std::string_view op);
  bool path(std::string_view op);
  bool color(std::string_view op);
  bool text(std::string_view op);
  void paint_path(bool fill, bool stroke);
  void mark(const Box& box, const Ink& ink, double alpha);
  void cover(const Box& box);
  void show(std::string_view written);
  void shade();
  void external();
  void form(QPDFObjectHandle stream);
  void inline_image(ContentLexer& lexer);
  void extended_state();
  void set_space(Ink& ink);
  void set_color(Ink& ink);
  Colour pattern(const std::string& name, const Ink& ink);
  Font font(const std::string& name);
  QPDFObjectHandle resource(const char* kind, const std::string& name);
  double at(std::size_t from_end) const {
    return args_.size() > from_end ? args_[args_.size() - 1 - from_end].value : 0;
  }
  std::string last_name() const {
    return !args_.empty() && args_.back().kind == Operand::name ? decoded_name(args_.back().bytes)
                                                                : std::string();
  }

  PageColors& shared_;
  Seen& seen_;
  QPDFObjectHandle resources_;
  State state_;
  int depth_;
  std::vector<State> stack_ = {};
  std::vector<Operand> args_ = {};
  Box path_ = Box::nothing();  ///< in device units
  bool rectangle_ = false;     ///< the path is one upright rectangle
  int segments_ = 0;
  bool clip_next_ = false;
  Matrix text_ = {};
  std::vector<bool> layers_ = {};  ///< marked content; true: may be hidden
  int hidden_ = 0;
  std::map<std::string, Font> fonts_ = {};
};

Colour shading_colors(QPDFObjectHandle shading, QPDFObjectHandle resources);

}  // namespace printrouter::pdf
