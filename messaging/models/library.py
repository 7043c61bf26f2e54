"""The health library: topics, and links to pages of publishers that the portal trusts. Public information."""

import uuid

from django.db import models

from accounts.models import Account


class LinkLanguage(models.TextChoices):
    """In which language a page is written."""

    ENGLISH = "en", "English"
    SPANISH = "es", "Spanish"


class LibraryTopic(models.Model):
    """A shelf of the library, named in both languages."""

    # Shown in addresses, where a name such as “Depression” would say what somebody reads about.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name_en = models.CharField(max_length=80)
    name_es = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=100)
    is_active = models.BooleanField(default=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("position", "name_en", "id")
        constraints = (
            models.UniqueConstraint(fields=("name_en",), name="library_topic_english_once"),
            models.UniqueConstraint(fields=("name_es",), name="library_topic_spanish_once"),
        )

    def __str__(self) -> str:
        return self.name_en

    def name_in(self, language: str) -> str:
        """Return the name in a language; English for any but Spanish."""
        return self.name_es if language == LinkLanguage.SPANISH else self.name_en


class LibraryLink(models.Model):
    """One page of a trusted publisher. Never deleted: one that is not to be used any more is retired."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    topic = models.ForeignKey(LibraryTopic, on_delete=models.PROTECT, related_name="links")
    language = models.CharField(max_length=2, choices=LinkLanguage.choices)
    title = models.CharField(max_length=150)
    summary = models.CharField(max_length=400)
    address = models.CharField(max_length=500)
    # Follows from the address (messaging/library/publishers.csv), so nobody can claim another one.
    publisher = models.CharField(max_length=150, editable=False)
    is_active = models.BooleanField(default=True)
    # When somebody last opened the page and found it right, and who; empty until then.
    reviewed_on = models.DateField(null=True, blank=True)
    reviewed_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("title", "id")
        indexes = (models.Index(fields=("topic", "language", "title"), name="library_shelf"),)
        constraints = (
            models.UniqueConstraint(fields=("address",), name="library_address_once"),
            models.CheckConstraint(condition=models.Q(address__startswith="https://"), name="library_address_is_https"),
        )

    def __str__(self) -> str:
        return self.title
