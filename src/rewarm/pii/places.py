"""Provinces and cities of China, where an address may begin; facts of the administrative division."""

from rewarm.pii.detector import listed
from rewarm.pii.name_lists import words

_PROVINCE_STEMS = words("chinese_provinces")
PROVINCES = (
    *_PROVINCE_STEMS,
    *(f"{stem}省" for stem in _PROVINCE_STEMS),
    *(f"{stem}{ending}" for stem in ("北京", "上海", "天津", "重庆") for ending in ("", "市")),
    *("内蒙古", "内蒙古自治区", "广西", "广西壮族自治区", "西藏", "西藏自治区", "宁夏", "宁夏回族自治区"),
    *("新疆", "新疆维吾尔自治区", "香港", "澳门"),
)
_CITY_STEMS = words("chinese_cities")
# A stem that is a word or a road too (中山路) counts only with 市.
_WORDS = frozenset(
    listed(
        "中山 北海 南阳 大理 白银 宝鸡 长治 安阳 南通 开封 三明 中卫 定西 来宾 河池"
        " 文山 红河 安康 延安 德州 黄山 新乡 大同 武威 海东 东营"
    )
)
CITIES = (*(f"{stem}市" for stem in _CITY_STEMS), *(stem for stem in _CITY_STEMS if stem not in _WORDS))
