"""The bench: all TouchBench objects together before two arms that change their tools."""
