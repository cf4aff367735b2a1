#include "base/json.hpp"

#include <invigil/observation.hpp>

#include <limits>

namespace invigil {

namespace {

using json::widen;

json::Object box_json(const Box& box) {
  return json::Object::array({widen(box.x), widen(box.y), widen(box.width), widen(box.height)});
}

json::Object face_json(const Face& face) {
  json::Object object;
  object["box"] = box_json(face.box);
  object["confidence"] = widen(face.confidence);
  if (face.pose) {
    object["yaw"] = widen(face.pose->yaw);
    object["pitch"] = widen(face.pose->pitch);
    object["roll"] = widen(face.pose->roll);
  }
  if (face.gaze) object["gaze"] = widen(*face.gaze);
  return object;
}

json::Object object_json(const Object& seen) {
  json::Object object;
  object["label"] = seen.label;
  object["box"] = box_json(seen.box);
  object["confidence"] = widen(seen.confidence);
  return object;
}

json::Object health_json(const PictureHealth& health) {
  json::Object object;
  object["luma"] = widen(health.luma);
  object["spread"] = widen(health.spread);
  object["sharpness"] = widen(health.sharpness);
  object["change"] = widen(health.change);
  object["state"] = to_string(health.state);
  if (health.repeats > 0) {
    object["repeats"] = widen(health.repeats);
    object["repeats_after"] = widen(health.repeats_after);
    object["repeats_for"] = widen(health.repeats_for);
  }
  if (health.width > 0) object["size"] = {health.width, health.height};
  if (health.resized > 0) object["resized"] = health.resized;
  return object;
}

std::string to_line(const PictureObservation& seen) {
  json::Object object;
  object["t"] = seconds(seen.time);
  object["faces"] = json::Object::array();
  for (const auto& face : seen.faces.faces) object["faces"].push_back(face_json(face));
  object["quality"] = widen(seen.faces.quality);
  object["objects"] = json::Object::array();
  for (const auto& thing : seen.objects) object["objects"].push_back(object_json(thing));
  object["objects_looked"] = seen.objects_looked;
  if (seen.likeness) object["likeness"] = widen(*seen.likeness);
  object["picture"] = health_json(seen.picture);
  return json::line(object);
}

std::string to_line(const Speech& heard) {
  json::Object object;
  object["t"] = seconds(heard.time);
  object["speech"] = nullptr;  // no model, nothing to say
  if (heard.probability >= 0) object["speech"] = widen(heard.probability);
  object["loudness"] = widen(heard.loudness);
  object["level"] = widen(heard.level);
  if (heard.clipped > 0) object["clipped"] = widen(heard.clipped);
  return json::line(object);
}

constexpr double float_most = std::numeric_limits<float>::max();

float real(const json::Fields& fields, const char* key, double least, double most) {
  return static_cast<float>(fields.number(key, least, most));
}

float real_or(const json::Fields& fields, const char* key, double least, double most, float fallback) {
  return fields.has(key) ? real(fields, key, least, most) : fallback;
}

Box read_box(const json::Fields& fields) {
  const auto& array = fields.array("box");
  float values[4] = {};
  if (array.size() != 4) fields.fail("box", "does not hold four numbers");
  for (std::size_t i = 0; i < 4; ++i) {
    if (!array[i].is_number()) fields.fail("box", "does not hold four numbers");
    const auto value = array[i].get<double>();
    if (!(value >= -1e6 && value <= 1e6)) fields.fail("box", "lies outside every picture");
    values[i] = static_cast<float>(value);
  }
  return {values[0], values[1], values[2], values[3]};
}

json::Fields element(const json::Object& item, const json::Fields& fields, const char* key,
                     std::string_view where) {
  if (!item.is_object()) fields.fail(key, "does not hold objects");
  return {item, where};
}

Face read_face(const json::Fields& fields) {
  Face face;
  face.box = read_box(fields);
  face.confidence = real(fields, "confidence", 0, 1);
  if (fields.has("yaw") || fields.has("pitch") || fields.has("roll"))
    face.pose = HeadPose{real(fields, "yaw", -360, 360), real(fields, "pitch", -360, 360),
                         real(fields, "roll", -360, 360)};
  if (fields.has("gaze")) face.gaze = real(fields, "gaze", -1, 1);
  return face;
}

Object read_object(const json::Fields& fields) {
  return {fields.text("label"), read_box(fields), real(fields, "confidence", 0, 1)};
}

PictureState read_state(const json::Fields& fields) {
  const auto text = fields.text("state");
  for (const auto state : {PictureState::ok, PictureState::dark, PictureState::covered, PictureState::frozen})
    if (text == to_string(state)) return state;
  fields.fail("state", "is none of ok, dark, covered, frozen");
}

constexpr int largest_side = 1 << 16;

void read_size(const json::Fields& fields, PictureHealth& health) {
  health.resized = fields.integer_or("resized", 0, 1 << 30, 0);
  if (!fields.has("size")) return;
  const auto& size = fields.array("size");
  const auto is_side = [](const json::Object& x) {
    return x.is_number_integer() && x.get<double>() >= 1 && x.get<double>() <= largest_side;
  };
  if (size.size() != 2 || !is_side(size[0]) || !is_side(size[1]))
    fields.fail("size", "is no width and height");
  health.width = size[0].get<int>();
  health.height = size[1].get<int>();
}

PictureHealth read_health(const json::Fields& fields, Timestamp time) {
  PictureHealth health;
  health.time = time;
  health.luma = real(fields, "luma", 0, 255);
  health.spread = real_or(fields, "spread", 0, 255, 0);
  health.sharpness = real(fields, "sharpness", 0, float_most);
  health.change = real_or(fields, "change", 0, 255, 0);
  health.state = read_state(fields);
  health.repeats = real_or(fields, "repeats", 0, 1, 0);
  health.repeats_after = real_or(fields, "repeats_after", 0, float_most, 0);
  health.repeats_for = real_or(fields, "repeats_for", 0, float_most, 0);
  read_size(fields, health);
  return health;
}

PictureObservation read_picture(const json::Fields& fields, std::string_view where) {
  PictureObservation seen;
  seen.time = fields.time("t");
  seen.faces.time = seen.time;
  for (const auto& item : fields.array("faces"))
    seen.faces.faces.push_back(read_face(element(item, fields, "faces", where)));
  seen.faces.quality = real_or(fields, "quality", 0, 1, 1);
  if (fields.has("objects"))
    for (const auto& item : fields.array("objects"))
      seen.objects.push_back(read_object(element(item, fields, "objects", where)));
  seen.objects_looked = fields.boolean_or("objects_looked", !seen.objects.empty());
  if (fields.has("likeness")) seen.likeness = real(fields, "likeness", -1, 1);
  seen.picture.time = seen.time;
  if (fields.has("picture")) seen.picture = read_health(fields.object("picture"), seen.time);
  return seen;
}

Speech read_speech(const json::Fields& fields) {
  Speech heard;
  heard.time = fields.time("t");
  heard.probability = real_or(fields, "speech", 0, 1, -1);
  heard.loudness = real_or(fields, "loudness", -1000, 1000, -120);
  heard.level = real_or(fields, "level", -1000, 1000, -120);
  heard.clipped = real_or(fields, "clipped", 0, 1, 0);
  return heard;
}

}  // namespace

std::string_view to_string(PictureState state) noexcept {
  switch (state) {
    case PictureState::ok:
      return "ok";
    case PictureState::dark:
      return "dark";
    case PictureState::covered:
      return "covered";
    case PictureState::frozen:
      return "frozen";
  }
  return "unknown";
}

std::string to_json(const Observation& observation) {
  return std::visit([](const auto& seen) { return to_line(seen); }, observation);
}

Observation parse_observation(std::string_view text, std::string_view where) {
  const auto object = json::parse(text, where);
  const json::Fields fields{object, where};
  if (fields.has("faces")) return read_picture(fields, where);
  if (object.contains("speech")) return read_speech(fields);
  fields.fail("faces", "is missing, and so is \"speech\": neither a picture nor sound");
}

}  // namespace invigil
